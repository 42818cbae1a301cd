"""One question per file: `f(study, **options)` → `Result`. Analysis never sees a source and never draws."""
