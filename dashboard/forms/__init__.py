"""Form fields and widgets that edit the JSON columns comfortably."""
