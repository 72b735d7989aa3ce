"""Where a network is trained, and with how many bits."""

import torch

from micfp.models.method_config import TrainingConfig


def accelerator(config: TrainingConfig) -> torch.device:
    """Where the network is trained."""
    if config.accelerator == "auto" and torch.accelerator.is_available():
        device = torch.accelerator.current_accelerator()
        if device is not None:
            return device
    return torch.device("cpu")


def name_of(device: torch.device) -> str:
    """A device as a reader knows it: `cpu`, or the name that its maker gave it."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type


def prepare(device: torch.device, config: TrainingConfig) -> None:
    """Set how many threads the CPU takes, or how exact an accelerator's products of float32 are."""
    if device.type == "cpu":
        torch.set_num_threads(config.threads)
    else:
        torch.set_float32_matmul_precision("high" if config.precision == "tf32" else "highest")
        # of recurrent layers and convolutions, where torch allows it by itself
        torch.backends.cudnn.allow_tf32 = config.precision != "float32"


def mixed(device: torch.device, config: TrainingConfig) -> torch.autocast:
    """Mixed precision on an accelerator where it is asked for; on the CPU all is float32."""
    asked = device.type != "cpu" and config.precision == "mixed"
    return torch.autocast(device.type, torch.bfloat16, enabled=asked)
