"""What the law gives a person over what is kept of them: all of it handed out, all of it forgotten."""
