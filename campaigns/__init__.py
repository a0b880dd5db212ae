"""From an audience to a measured outcome: split, caps, suppression, activation, outcomes and lift."""
