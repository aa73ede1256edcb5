"""A module for each language: `find` yields the folders of its code, `look` adds what their files show."""
