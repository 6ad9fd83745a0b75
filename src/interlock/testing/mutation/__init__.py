"""Named defects, put into the running house one at a time: does a law of `proving` notice?"""
