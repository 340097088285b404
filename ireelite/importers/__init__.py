from ireelite.deferred_functions import defer_functions

defer_functions()  # before xDSL is imported
