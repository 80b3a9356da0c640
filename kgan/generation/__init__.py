"""From a trained run to pictures, texts, arrays and files."""
