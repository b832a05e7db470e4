import CWaxwing
import Foundation

extension String {
    /// Copies a text of the library's: always valid UTF-8.
    init(_ text: waxwing_str) {
        let bytes = UnsafeRawBufferPointer(start: text.ptr, count: text.len)
        self.init(decoding: bytes, as: UTF8.self)
    }
}

extension Date {
    init(milliseconds: Int64) {
        self.init(timeIntervalSince1970: Double(milliseconds) / 1000)
    }

    /// `nil` for 0: never, or unknown.
    init?(known milliseconds: Int64) {
        guard milliseconds != 0 else { return nil }
        self.init(milliseconds: milliseconds)
    }

    var milliseconds: Int64 { Int64((timeIntervalSince1970 * 1000).rounded()) }
}

extension waxwing_array {
    /// The rows, by their stride: those of a newer library are longer.
    func map<Row, Result>(_ make: (Row) -> Result) -> [Result] {
        guard let base else { return [] }
        return (0..<count).map { make(base.load(fromByteOffset: $0 * stride, as: Row.self)) }
    }
}

/// The size of a struct that begins with it.
func size<Struct>(of _: Struct) -> UInt32 {
    UInt32(MemoryLayout<Struct>.stride)
}

/// Texts as the library takes them, during a call.
func withTexts<Result>(_ texts: [String], _ work: ([waxwing_str]) throws -> Result) rethrows -> Result {
    func add(_ rest: ArraySlice<String>, _ given: [waxwing_str]) throws -> Result {
        guard var text = rest.first else { return try work(given) }
        return try text.withUTF8 { bytes in
            let pointer = UnsafeRawPointer(bytes.baseAddress)?.assumingMemoryBound(to: CChar.self)
            return try add(rest.dropFirst(), given + [waxwing_str(ptr: pointer, len: bytes.count)])
        }
    }
    return try add(texts[...], [])
}

/// Bytes as the library takes them, during a call.
func withBytes<Result>(_ data: Data, _ work: (waxwing_bytes) throws -> Result) rethrows -> Result {
    try data.withUnsafeBytes { bytes in
        try work(waxwing_bytes(ptr: bytes.bindMemory(to: UInt8.self).baseAddress, len: bytes.count))
    }
}

/// A password as the library takes it, during a call.
func withSecret<Result>(_ secret: String, _ work: (waxwing_bytes) throws -> Result) rethrows -> Result {
    var secret = secret
    return try secret.withUTF8 { try work(waxwing_bytes(ptr: $0.baseAddress, len: $0.count)) }
}

/// Ids of messages as the library takes them, during a call.
func withIDs<Result>(_ ids: [Waxwing.MessageID], _ work: (waxwing_ids) throws -> Result) rethrows -> Result {
    try ids.map(\.rawValue).withUnsafeBufferPointer { ids in
        try work(waxwing_ids(ptr: ids.baseAddress, len: ids.count))
    }
}
