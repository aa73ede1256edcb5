package example;

class Desk {}
