"""A language model in NumPy, one concept a module; each imports only from those before it.

ops · tokenizer · position · attention · corpus · model · optim · checkpoint · parallel · train ·
sample; and svg, drawing, figures for what the lessons show.
"""
