"""The rules: one module each, named after its id. Their list is `generator.checks.RULES`."""
