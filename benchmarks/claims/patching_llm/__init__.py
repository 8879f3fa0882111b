"""The claim of MT-Patcher with a language model in all roles."""
