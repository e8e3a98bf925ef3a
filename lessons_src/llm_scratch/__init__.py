"""A language model in NumPy, one concept a module; each imports only from those before it.

tokenizer · ops · attention · position · figures
"""
