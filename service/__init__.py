"""Laksana runs the standard operating procedures of district offices as BPMN processes."""
