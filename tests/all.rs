mod conversations;
