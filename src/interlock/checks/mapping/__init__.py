"""Do the bindings and the writes fit what the systems take? See R38, R48, F19."""
