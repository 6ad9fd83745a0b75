"""Questions about data products: are their columns originals, and can a figure be believed?"""
