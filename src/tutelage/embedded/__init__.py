"""The models and text of the offline default."""
