"""The journey as a picture: what of a map goes on page one and on the wall, and how it is drawn.

`content` chooses by stated rules (docs/methods/journey-map.md, The picture); the rest draws.
"""
