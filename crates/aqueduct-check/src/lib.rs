//! Rules that prove a topology's wiring right.
