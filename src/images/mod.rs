//! (room images)
