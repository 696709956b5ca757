// A shared object that is no module.
int no_symbol() { return 0; }
