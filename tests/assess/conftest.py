"""The repositories that are looked at have tests of their own, which are none of ours."""

collect_ignore = ["repositories"]
