-- The names people see.
SELECT operator, name FROM dim_operator
