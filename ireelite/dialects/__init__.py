from ireelite.syntax.formats import defer_formats

defer_formats()  # before a dialect is imported
