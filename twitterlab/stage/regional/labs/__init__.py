"""The experiments of Week 2, `twitterlab week 2 --lab a` to `f`: a question each."""
