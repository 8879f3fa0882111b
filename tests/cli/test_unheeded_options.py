"""An option that counts only with another is refused without it, not silently left unheeded."""

import pytest

PARAPHRASE = ("paraphrase", "in.txt", "--student", "models/nowhere")
LANGUAGES = ("--source", "en", "--target", "pt-BR")


@pytest.mark.parametrize(
    ("arguments", "options", "told"),
    [
        (("check", "r.toml", "--core-price", "1", "--measured", "runs/r"), "--measured, --core-price", "--at"),
        (("demo", "--files", "--set", "seed=2"), "--set", "without a recipe"),
        (("translate", "in.txt", "--student", "nowhere", *LANGUAGES, "--terms", "fill"), "--terms", "--glossary"),
        (("evaluate", "in.tsv", "--student", "nowhere", *LANGUAGES, "--terms", "off"), "--terms", "--glossary"),
        ((*PARAPHRASE, "--temperature", "0.5", "--seed", "3"), "--temperature, --seed", "--decoding top-p"),
        ((*PARAPHRASE, "--decoding", "top-p", "--penalty", "2"), "--penalty", "--decoding diverse"),
        ((*PARAPHRASE, "--decoding", "greedy", "--beam", "4"), "--beam", "--decoding beam"),
        ((*PARAPHRASE, "--decoding", "greedy", "--over-generate", "4"), "--over-generate", "one output"),
        ((*PARAPHRASE, "--embedder", "embedded"), "--embedder", "--json"),
        (("export", "runs/r", "--compute-type", "int8"), "--compute-type", "--to"),
        (
            ("export", "runs/r", "-o", "m.tmx", "--licence", "MIT", "--rule", "chrf: better"),
            "--licence, --rule",
            "--to",
        ),
        (("examine", "nowhere", "--teacher", "llm", "--requests", "9"), "--teacher, --requests", "--judge"),
        (("examine", "nowhere", "--drift", "9"), "--drift", "--against"),
        (("blend", "nowhere", "out", "--drift", "0.1", "--share", "0.5"), "--share", "--drift finds the share"),
        (("blend", "nowhere", "out", "--compute-type", "int8"), "--compute-type", "--drift"),
        (("examine", "nowhere", "--set", "seed=2"), "--set", "--judge"),
        (("ratings", "ask", "nowhere", "--set", "seed=2"), "--set", "--recipe"),
        (("probe", "r.toml", "--share", "0.2", "--errors", "2"), "--share, --errors", "--plant"),
        (("probe", "r.toml", "--plant", "9", "--segments", "9"), "--segments", "forms of feedback"),
        (("metrics", "try", "adequacy", "in.tsv", *LANGUAGES, "--set", "seed=2"), "--set", "--recipe"),
        (
            ("words", "build", "--glossary", "g.tsv", "--text", "t", "--train", "t", "-o", "w", "--set", "seed=2"),
            "--set",
            "--recipe",
        ),
        (("ledger", "--limit", "5"), "--limit", "--failed"),
        (("ledger", "--failed", "--by", "day"), "--by", "leave it out"),
        (("init", "--base-url", "http://h/v1", "--model", "m"), "--model, --base-url", "--teacher chat"),
        (("init", "--teacher", "llama-server", "--base-url", "http://h/v1"), "--base-url", "--teacher chat"),
    ],
)
def test_an_option_without_what_it_is_for_is_refused(tutelage, tmp_path, arguments, options, told):
    (tmp_path / "in.txt").write_text("Open the file.\n")
    (tmp_path / "in.tsv").write_text("Open the file.\tAbra o arquivo.\n")
    refused = tutelage(*arguments)
    assert refused.returncode == 2, refused.stderr
    assert options in refused.stderr and told in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1 and not (tmp_path / "recipe.toml").exists()
