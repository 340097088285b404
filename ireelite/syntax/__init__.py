from ireelite.deferred_methods import defer_methods

defer_methods()  # before xDSL is imported
