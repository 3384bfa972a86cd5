SELECT operator, name, interface, member
FROM setting_operator
