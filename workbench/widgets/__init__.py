"""Views as notebook widgets. Each is thin: a view model, its data, and a script that draws them."""
