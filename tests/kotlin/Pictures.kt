package waxwing

/**
 * Fetches a message's pictures from the network, because the person said so: [Message.pictures]. [pictures] has them then. Fails
 * where none of them could be had.
 */
suspend fun Waxwing.fetchPictures(of: MessageId) {
    request(RawEvent.DONE) { host, out -> Native.imagesFetch(host, of.value, out) }
}

/** The pictures of a message that were fetched, by their addresses. Whoever decodes them has to bear anything. */
suspend fun Waxwing.pictures(of: MessageId): Map<String, ByteArray> =
    read { host, out -> Native.images(host, of.value, out) }.pictures()

/** Remembers whether the pictures of this sender are fetched without asking again. Who shows messages asks for them. */
suspend fun Waxwing.rememberPictureSender(address: String, always: Boolean) {
    request(RawEvent.DONE) { host, out ->
        Native.imagesRememberSender(host, address.encodeToByteArray(), always, out)
    }
}

suspend fun Waxwing.pictureSenders(): List<String> = read { host, out -> Native.imageSenders(host, out) }.senders()

/**
 * Asks to be taken off the mailing list a message is from, by [Message.unsubscribeWay]: ask the person first. There is no undo.
 * E_STATE: there is no way, or only a page.
 */
suspend fun Waxwing.unsubscribe(message: MessageId) {
    request(RawEvent.DONE) { host, out -> Native.messageUnsubscribe(host, message.value, out) }
}

/** Whether the text of a link names another host than it leads to: ask before it is opened. */
fun isFalseLink(shown: String, url: String): Boolean =
    Native.linkIsFalse(shown.encodeToByteArray(), url.encodeToByteArray())
