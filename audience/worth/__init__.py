"""What people are worth to the user, and who is a target customer."""
