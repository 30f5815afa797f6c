#!/bin/bash
# Stands for the script of the knowledge base, which is not part of this project.
echo "Detected PNID:"
