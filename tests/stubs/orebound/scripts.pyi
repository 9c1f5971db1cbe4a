from scripts import *
