//! (room stack)
