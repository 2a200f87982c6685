"""The scenarios that come with the course, a file each."""
