"""The pages: one small file per resource."""
