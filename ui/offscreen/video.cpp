#include "ui/offscreen/video.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <vector>

#include "sim/base/error.h"

extern char** environ;

namespace foresight {
namespace {

// A broken pipe must come back from write() as an error. Blocks SIGPIPE for this thread only and
// takes away the pending one, so that the program's own handling stays as it was.
class PipeSignalGuard {
 public:
  PipeSignalGuard() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~PipeSignalGuard() {
    const timespec now{};
    while (sigtimedwait(&pipe_, nullptr, &now) == SIGPIPE) {
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t pipe_{}, before_{};
};

bool write_all(int pipe, const std::uint8_t* data, std::size_t size) {
  const PipeSignalGuard guard;
  while (size > 0) {
    const ssize_t written = ::write(pipe, data, size);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    data += written;
    size -= written;
  }
  return true;
}

std::vector<std::string> ffmpeg_arguments(int width, int height, double fps, const fs::path& part) {
  std::ostringstream rate;
  rate << fps;
  const std::string size = std::to_string(width) + "x" + std::to_string(height);
  return {"ffmpeg",     "-hide_banner", "-loglevel",   "error",
          "-nostdin",   "-y",           "-f",          "rawvideo",
          "-pix_fmt",   "rgb24",        "-video_size", size,
          "-framerate", rate.str(),     "-i",          "pipe:0",
          "-an",        "-c:v",         "libx264",     "-preset",
          "superfast",  "-crf",         "20",          "-pix_fmt",
          "yuv420p",    "-threads",     "2",           "-movflags",
          "+faststart", "-f",           "mp4",         "file:" + part.string()};
}

// Starts the program with `input` as its standard input and `log` as its standard error.
int spawn(const std::vector<std::string>& arguments, int input, const fs::path& log, pid_t* child) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log.c_str(),
                                   O_WRONLY | O_CREAT | O_TRUNC, 0600);
  const int error = posix_spawnp(child, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

// The folder must take new files before minutes of rendering go into it.
void check_writable(const fs::path& part) {
  const int handle = ::open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (handle < 0) {
    throw InputError(part.string() +
                     ": cannot be written: " + std::generic_category().message(errno));
  }
  ::close(handle);
}

}  // namespace

bool have_ffmpeg() {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (::access((fs::path(folder) / "ffmpeg").c_str(), X_OK) == 0) return true;
  }
  return false;
}

void check_video(const fs::path& file, int width, int height) {
  if (width <= 0 || height <= 0 || width % 2 != 0 || height % 2 != 0) {
    throw InputError("video size " + std::to_string(width) + "x" + std::to_string(height) +
                     ": width and height must be even");
  }
  if (!have_ffmpeg()) {
    throw InputError("the ffmpeg program is not on the PATH, so " + file.string() +
                     " cannot be made: install the package ffmpeg, or write PNG files");
  }
}

VideoWriter::VideoWriter(fs::path file, int width, int height, double fps)
    : file_(std::move(file)),
      part_(fs::path(file_) += ".part"),
      log_(messages_.path / "ffmpeg"),
      width_(width),
      height_(height) {
  check_video(file_, width, height);
  check_writable(part_);
  start(fps);
}

VideoWriter::~VideoWriter() {
  if (child_ < 0) return;
  ::kill(child_, SIGKILL);
  wait();
  discard();
}

void VideoWriter::start(double fps) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw InputError("video: no pipe to ffmpeg can be made");
  const int error = spawn(ffmpeg_arguments(width_, height_, fps, part_), ends[0], log_, &child_);
  ::close(ends[0]);
  if (error != 0) {
    ::close(ends[1]);
    child_ = -1;
    fs::remove(part_);
    throw InputError("ffmpeg does not start: " + std::generic_category().message(error));
  }
  pipe_ = ends[1];
  // Room for a whole frame, so that the next one is drawn while ffmpeg works; fine if refused.
  ::fcntl(pipe_, F_SETPIPE_SZ, std::min(1 << 20, std::max(1 << 16, 3 * width_ * height_)));
}

bool VideoWriter::wait() {
  ::close(pipe_);
  int status = 0;
  pid_t ended = 0;
  do {
    ended = ::waitpid(child_, &status, 0);
  } while (ended < 0 && errno == EINTR);
  child_ = -1;
  return ended > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

void VideoWriter::discard() {
  std::error_code ignored;
  fs::remove(part_, ignored);
}

void VideoWriter::fail() {
  std::string message;
  try {
    message = read_file(log_, 1 << 16);
  } catch (const InputError&) {
  }
  if (message.empty()) message = "it gave no reason";
  discard();
  throw InputError(file_.string() + ": ffmpeg failed: " + message);
}

void VideoWriter::add(const Image& frame) {
  FS_CHECK(frame.width == width_ && frame.height == height_ && child_ > 0);
  if (!write_all(pipe_, frame.rgb.data(), frame.rgb.size())) {
    wait();
    fail();
  }
  ++frames_;
}

void VideoWriter::finish() {
  FS_CHECK(child_ > 0);
  if (!wait()) fail();
  std::error_code error;
  fs::rename(part_, file_, error);
  discard();
  if (error) throw InputError(file_.string() + ": cannot be written: " + error.message());
}

}  // namespace foresight
