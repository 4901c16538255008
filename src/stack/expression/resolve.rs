//! What is put in an expression's place.
