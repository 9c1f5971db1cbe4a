from feeds import *
