"""From an integration as declared to a plan as run: typed, compiled, every place remembered.

`scope` knows the types of names, `planner` walks the steps and says what is wrong with them.
"""
