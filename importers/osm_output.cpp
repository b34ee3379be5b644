#include "importers/osm_output.hpp"

#include "geo/error.hpp"
#include "importers/child_process.hpp"
#include "importers/limits.hpp"
#include "importers/osm_limits.hpp"

#include <fmt/format.h>

#include <osmium/io/pbf_output.hpp>
#include <osmium/io/writer.hpp>
#include <osmium/thread/pool.hpp>

#include <array>
#include <cerrno>
#include <cstring>
#include <exception>
#include <fcntl.h>
#include <optional>
#include <thread>
#include <unistd.h>
#include <vector>

namespace keyaki::importers {

namespace {

[[noreturn]] void refuse(const char *what) {
    throw geo::Error(geo::ErrorKind::internal, fmt::format("expected to write an extract, found no {}: {}", what, std::strerror(errno)));
}

/// Standard output is the writing end of a pipe while this lives, and then what it was.
class RedirectedOutput {
  public:
    RedirectedOutput() : m_before(fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0)) {
        std::array<int, 2> ends{};
        if (m_before.number() < 0 || pipe2(ends.data(), O_CLOEXEC) != 0) {
            refuse("pipe");
        }
        m_reading = Descriptor(ends[0]);
        const Descriptor writing(ends[1]);
        if (dup2(writing.number(), STDOUT_FILENO) < 0) {
            refuse("standard output");
        }
    }
    ~RedirectedOutput() { restore(); }
    RedirectedOutput(const RedirectedOutput &) = delete;
    RedirectedOutput &operator=(const RedirectedOutput &) = delete;

    /// Ends the pipe: whoever reads comes to its end.
    void restore() noexcept {
        if (m_is_redirected) {
            dup2(m_before.number(), STDOUT_FILENO);
            m_is_redirected = false;
        }
    }
    [[nodiscard]] int reading() const noexcept { return m_reading.number(); }

  private:
    Descriptor m_before;
    Descriptor m_reading;
    bool m_is_redirected = true;
};

} // namespace

struct OsmOutput::Parts {
    RedirectedOutput output;
    osmium::thread::Pool pool{osm_reader_threads};
    std::exception_ptr failure; ///< of the sink
    std::optional<osmium::io::Writer> writer;
    std::jthread pump;
};

OsmOutput::OsmOutput(const osmium::io::Header &header, OsmBytesSink sink) : m_parts(std::make_unique<Parts>()) {
    m_parts->writer.emplace(osmium::io::File("", "pbf,add_metadata=version+timestamp"), header, m_parts->pool);
    m_parts->pump = std::jthread([parts = m_parts.get(), sink = std::move(sink)] {
        std::vector<char> buffer(child_pipe_bytes);
        while (true) {
            const ssize_t got = ::read(parts->output.reading(), buffer.data(), buffer.size());
            if (got == 0 || (got < 0 && errno != EINTR)) {
                return;
            }
            try {
                if (got > 0 && !parts->failure) {
                    sink({buffer.data(), static_cast<std::size_t>(got)});
                }
            } catch (...) { // told at the end; until then the writer must not wait for a pipe that nobody empties
                parts->failure = std::current_exception();
            }
        }
    });
}

OsmOutput::~OsmOutput() {
    m_parts->writer.reset(); // its threads write until they end
    m_parts->output.restore();
}

void OsmOutput::write(const osmium::OSMObject &object) { (*m_parts->writer)(object); }

void OsmOutput::finish() {
    m_parts->writer->close();
    m_parts->output.restore();
    m_parts->pump.join();
    if (m_parts->failure) {
        std::rethrow_exception(m_parts->failure);
    }
}

} // namespace keyaki::importers
