//! (room records)
