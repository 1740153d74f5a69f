"""Other servers of models, each set up as its documentation says, in environments of their own."""
