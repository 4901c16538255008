//! Reads a positioned tree into a typed spec and a document, collecting faults instead of stopping at the first.
