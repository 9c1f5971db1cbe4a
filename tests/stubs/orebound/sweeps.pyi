from sweeps import *
