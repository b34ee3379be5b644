#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace keyaki::server::http {

/// The body of one request in a file without a name (O_TMPFILE): it goes with its last holder, and with the process however that ends. At most
/// limits::spooled_bodies of them at a time. Written by the connection, then read by the handler: one thread at a time.
class BodyFile {
    struct Key {}; ///< only open() has one

  public:
    /// nullptr where there are too many already, or the folder takes no file.
    [[nodiscard]] static std::shared_ptr<BodyFile> open(const std::string &folder);
    BodyFile(Key, int descriptor) : m_descriptor(descriptor) {}
    ~BodyFile();
    BodyFile(const BodyFile &) = delete;
    BodyFile &operator=(const BodyFile &) = delete;

    /// After a write that failed nothing more is kept: is_full().
    void append(std::string_view bytes) noexcept;
    [[nodiscard]] bool is_full() const noexcept { return m_is_full; }
    [[nodiscard]] std::size_t size_bytes() const noexcept { return m_size_bytes; }
    /// Fills as much of the buffer as there is from that place on; 0 at the end. \throws geo::Error unavailable where the disk fails
    [[nodiscard]] std::size_t read(std::size_t place, std::span<char> buffer) const;

  private:
    int m_descriptor;
    std::size_t m_size_bytes = 0;
    bool m_is_full = false;
};

} // namespace keyaki::server::http
