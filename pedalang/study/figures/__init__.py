"""The arithmetic behind `agreement`: tables of ratings, figures by libraries, and for many resamples at once."""
