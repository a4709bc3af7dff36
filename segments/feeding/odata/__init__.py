"""The standard OData interface of 1C: what is asked, how it is read, and the tables that it becomes."""
