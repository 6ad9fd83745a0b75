"""What happens next in a run, decided purely from its plan and its history.

`facts` is what has happened, `progress` what that adds up to, `effort` how one effect is tried,
probed and given up, `walk` finds the next action, `taking_back` compensates.
"""
