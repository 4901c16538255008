//! (room kinds)
