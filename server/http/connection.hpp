#pragma once

#include "server/http/request_parser.hpp"
#include "server/http/sender.hpp"
#include "server/http/server_core.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace keyaki::server::http {

/// One client's connection from accept to close: bytes in, requests one after the other, answers out in their order.
///
/// It writes on a duplicate of Pistache's descriptor. The duplicate names this connection until the object is gone, whoever gets the number of the
/// original next: an answer cannot reach another client. Event threads, pool threads, the sender and owners of streams all come in here; one mutex
/// guards everything, and no handler runs under it.
class Connection : public std::enable_shared_from_this<Connection> {
  public:
    using Clock = std::chrono::steady_clock;

    Connection(std::shared_ptr<ServerCore> core, Descriptor descriptor, std::string remote_address);

    // From Pistache's event thread.
    void on_input(std::string_view bytes);
    /// The client has closed its side. What it asked for before is still answered: it may have closed only its half.
    void on_end_of_input();

    // From the sender's thread.
    /// True when nothing is left to write; then `forget` has been called.
    [[nodiscard]] bool on_writable(const std::function<void()> &forget);
    void on_tick(Clock::time_point now);

    // From the server.
    /// Since when an answer made for this client alone waits for it; nothing when none does.
    [[nodiscard]] std::optional<Clock::rep> reads_since() const noexcept;
    void drain();
    void cut();

    // From a stream's owner.
    [[nodiscard]] bool write_to_stream(std::string_view bytes);
    void finish_stream();
    [[nodiscard]] bool is_streaming() const;

    [[nodiscard]] int descriptor() const noexcept { return m_descriptor.get(); }

  private:
    using Lock = std::unique_lock<std::mutex>;
    enum class Phase { idle, head, admitting, body, working, writing, streaming, lingering, closed };
    /// Where the code runs: on the sender's thread no handler runs, on a pool's thread one for each time that it was submitted.
    enum class Place { event_thread, pool_thread, sender_thread };

    // connection_input.cpp: bytes become requests, requests find their handler
    void pump(Lock &lock, Place place);
    [[nodiscard]] bool take_request(Lock &lock);
    [[nodiscard]] bool take_head(Lock &lock);
    [[nodiscard]] bool begin_admission(Lock &lock);
    void admit_in_pool();
    void admit(Lock &lock);
    void go_on_with_body(Lock &lock);
    void refuse_admission(Lock &lock, Response response);
    void send_continue();
    void consume(std::size_t bytes);
    void account_input();
    /// All connections together hold more than they may.
    [[nodiscard]] bool is_input_full() const;
    void refuse(Lock &lock, int status, std::string_view detail);
    void work_here(Lock &lock);
    [[nodiscard]] bool answer_ready(Lock &lock);
    [[nodiscard]] bool submit_work(Lock &lock);
    [[nodiscard]] Response overloaded(std::string_view detail) const;
    void work_in_pool();
    [[nodiscard]] bool is_reading() const { return m_phase == Phase::idle || m_phase == Phase::head || m_phase == Phase::body; }

    // connection_pieces.cpp: bodies that are made while they are read
    void start_pieces(Lock &lock, Response response);
    /// Makes pieces and writes them, until all is written, the reader is behind, or others have to have their turn.
    void produce(Lock &lock);
    /// Has the next piece made by the pool. False where it takes no more.
    [[nodiscard]] bool submit_piece();
    [[nodiscard]] bool append_next_piece(Lock &lock);
    void append_to_output(std::string_view bytes);
    void produce_in_pool();

    // connection_output.cpp: answers become bytes
    void answer(Lock &lock, Response response);
    void start_stream(Lock &lock, const Response &response);
    /// True when all is written or the connection is dead.
    [[nodiscard]] bool flush();
    /// Writes what is left of an answer, and ends it when the kernel has all.
    void write_or_watch();
    /// Has the sender go on as soon as the kernel has room.
    void watch();
    void finish_answer();
    void end_stream();
    void summarize(int status, std::uint64_t bytes);
    void linger();
    void close_now();
    void enter(Phase phase);
    void set_deadline(std::chrono::milliseconds from_now);
    [[nodiscard]] std::size_t unsent_bytes() const;
    /// Counts the body as long as its reader has not taken it.
    void account_output(std::size_t bytes);

    const std::shared_ptr<ServerCore> m_core;
    const Descriptor m_descriptor;
    const std::string m_remote_address;

    mutable std::mutex m_mutex;
    Phase m_phase = Phase::idle;
    std::atomic<Clock::rep> m_deadline; ///< of the phase, read by the tick without the lock
    bool m_input_ended = false;
    bool m_close_after_answer = false;
    bool m_discards_input = false; ///< the client sent more than may wait

    std::string m_input; ///< what the parser has not consumed begins at m_input_offset
    std::size_t m_input_offset = 0;
    std::size_t m_accounted_bytes = 0; ///< what of buffered_input_bytes is ours
    std::shared_ptr<BodyFile> m_spool; ///< where the body in work goes, if to a file
    std::size_t m_spool_mark = 0;      ///< its size when the deadline was last renewed
    RequestParser m_parser;

    Request m_request; ///< the one in work; nobody changes it while the handler reads it
    Router::Plan m_plan;
    bool m_http_1_1 = true;
    Clock::time_point m_request_began;

    std::string m_out_head; ///< and, for a stream, all that waits
    std::shared_ptr<const std::string> m_out_body;
    std::size_t m_out_offset = 0;
    bool m_out_body_is_shared = false;
    std::size_t m_accounted_output_bytes = 0;  ///< what of unsent_answer_bytes is ours
    std::atomic<Clock::rep> m_reads_since = 0; ///< read without the lock; 0: nothing of ours is unsent
    std::size_t m_progress_mark = 0;           ///< where the write deadline was last renewed
    bool m_watched = false;
    std::shared_ptr<BodySource> m_source; ///< of the body that is under way, until its last piece is made
    std::optional<int> m_produced_status; ///< of that answer, until it is summarized
    std::uint64_t m_produced_bytes = 0;
    bool m_stream_chunked = false;
    bool m_stream_finished = false;
};

} // namespace keyaki::server::http
