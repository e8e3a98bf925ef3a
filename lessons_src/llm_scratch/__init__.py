"""A language model in NumPy, one concept a module; each imports only from those before it.

checks · contract · files · ops · tokenizer · position · attention · corpus · model · optim ·
checkpoint · parallel · train · sample · playground; and svg, drawing, figures, exercises for what
the lessons show and ask.
"""
