from analyzers import *
