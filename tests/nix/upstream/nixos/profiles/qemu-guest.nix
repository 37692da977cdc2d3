# Stands where nixpkgs has the profile for virtual machines, which sets nothing
# that ours meet.
{ }
