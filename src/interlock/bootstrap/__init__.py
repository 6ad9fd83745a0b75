"""The only room that knows every concrete part.

`settings` reads the environment once, `house` builds the parts and hands them to a door,
`worker` keeps them going.
"""
